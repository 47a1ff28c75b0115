-- A command that is known, and whose client waits: as it is, and then what a host gets that may take it. UPDLOCK: nobody
-- changes it in between.
DECLARE @id uniqueidentifier = @P2;
DECLARE @digest binary(32) = @P3;
DECLARE @host uniqueidentifier = @P4;
DECLARE @lease bigint = @P5;
BEGIN TRANSACTION;
SELECT number, id, digest, name, actor, promised, state, attempts, fence, host, lease_until, next_attempt_at,
    received_at, updated_at, last_error, position, outcome
FROM dbo.tidings_commands WITH (UPDLOCK, FORCESEEK, INDEX (tidings_commands_id)) WHERE id = @id;
UPDATE command
SET state = 'PROCESSING',
    attempts = CASE WHEN promised = 0 THEN attempts + 1 WHEN host = @host AND attempts > 0 THEN attempts - 1 ELSE attempts END,
    fence = fence + 1, host = @host, lease_until = @now + @lease, due_at = CASE WHEN promised = 1 THEN @now + @lease END,
    next_attempt_at = NULL, updated_at = CASE WHEN updated_at < @now THEN @now ELSE updated_at END
OUTPUT inserted.fence, inserted.attempts
FROM dbo.tidings_commands AS command WITH (FORCESEEK, INDEX (tidings_commands_id))
WHERE id = @id AND digest = @digest AND (state IN ('RECEIVED', 'FAILED_RETRYABLE')
    OR (state = 'PROCESSING' AND (host = @host OR lease_until <= @now)));
COMMIT TRANSACTION;
