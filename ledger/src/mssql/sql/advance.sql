-- A process has come as far as this, or was further already. UPDLOCK, HOLDLOCK: of two that begin at once one does.
DECLARE @process_key binary(32) = @P1;
DECLARE @process nvarchar(max) = @P2;
DECLARE @reached nvarchar(max) = @P3;
BEGIN TRANSACTION;
INSERT INTO dbo.tidings_progress (process_key, log_partition, process, number)
SELECT @process_key, reached.log_partition, @process, reached.number
FROM OPENJSON(@reached) WITH (log_partition int '$.partition', number bigint '$.number') AS reached
WHERE NOT EXISTS (SELECT 1 FROM dbo.tidings_progress WITH (UPDLOCK, HOLDLOCK)
    WHERE process_key = @process_key AND log_partition = reached.log_partition);
UPDATE progress
SET number = reached.number
FROM dbo.tidings_progress AS progress
JOIN OPENJSON(@reached) WITH (log_partition int '$.partition', number bigint '$.number') AS reached
    ON progress.log_partition = reached.log_partition
WHERE progress.process_key = @process_key AND progress.number < reached.number;
COMMIT TRANSACTION;
