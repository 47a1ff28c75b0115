-- A command that is known, and is not waited for (any more): as it is, and then whether it is promised from now on.
DECLARE @id uniqueidentifier = @P2;
DECLARE @digest binary(32) = @P3;
DECLARE @text nvarchar(max) = @P4;
BEGIN TRANSACTION;
SELECT number, id, digest, name, actor, promised, state, attempts, fence, host, lease_until, next_attempt_at,
    received_at, updated_at, last_error, position, outcome
FROM dbo.tidings_commands WITH (UPDLOCK) WHERE id = @id;
UPDATE dbo.tidings_commands
SET promised = 1, text = @text, attempts = 0, due_at = COALESCE(lease_until, @now)
OUTPUT inserted.attempts
WHERE id = @id AND digest = @digest AND promised = 0 AND outcome IS NULL;
COMMIT TRANSACTION;
