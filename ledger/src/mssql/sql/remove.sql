-- Removes what has not changed for so long and is not to be done any more. What somebody is at is left for the next time.
DECLARE @unchanged bigint = @P2;
DECLARE @most bigint = @P3;
WITH aged AS (
    SELECT TOP (@most) number
    FROM dbo.tidings_commands WITH (READCOMMITTEDLOCK, READPAST, UPDLOCK, FORCESEEK, INDEX (tidings_commands_age))
    WHERE due_at IS NULL AND updated_at <= @now - @unchanged
    ORDER BY updated_at
)
DELETE FROM aged OUTPUT deleted.number;
