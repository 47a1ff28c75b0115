-- An operator has a command tried again: whether it is, and the command as it is now.
DECLARE @id uniqueidentifier = @P2;
BEGIN TRANSACTION;
UPDATE command
SET state = 'RECEIVED', attempts = 0, next_attempt_at = NULL, due_at = @now, outcome = NULL,
    updated_at = CASE WHEN updated_at < @now THEN @now ELSE updated_at END
OUTPUT inserted.number
FROM dbo.tidings_commands AS command WITH (FORCESEEK, INDEX (tidings_commands_id))
WHERE id = @id AND promised = 1 AND state IN ('FAILED_RETRYABLE', 'FAILED_TERMINAL', 'CANCELLED');
SELECT number, id, digest, name, actor, promised, state, attempts, fence, host, lease_until, next_attempt_at,
    received_at, updated_at, last_error, position, outcome
FROM dbo.tidings_commands WITH (FORCESEEK, INDEX (tidings_commands_id)) WHERE id = @id;
COMMIT TRANSACTION;
