-- A command that is known, and is not waited for (any more): as it is, and then whether it is promised from now on.
DECLARE @id uniqueidentifier = @P2;
DECLARE @digest binary(32) = @P3;
DECLARE @text nvarchar(max) = @P4;
BEGIN TRANSACTION;
SELECT number, id, digest, name, actor, promised, state, attempts, fence, host, lease_until, next_attempt_at,
    received_at, updated_at, last_error, position, outcome
FROM dbo.tidings_commands WITH (UPDLOCK, FORCESEEK, INDEX (tidings_commands_id)) WHERE id = @id;
UPDATE command
SET promised = 1, text = @text, attempts = 0, due_at = COALESCE(lease_until, @now)
OUTPUT inserted.attempts
FROM dbo.tidings_commands AS command WITH (FORCESEEK, INDEX (tidings_commands_id))
WHERE id = @id AND digest = @digest AND promised = 0 AND outcome IS NULL;
COMMIT TRANSACTION;
