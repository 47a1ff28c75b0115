-- A command.
DECLARE @id uniqueidentifier = @P1;
SELECT number, id, digest, name, actor, promised, state, attempts, fence, host, lease_until, next_attempt_at,
    received_at, updated_at, last_error, position, outcome
FROM dbo.tidings_commands WITH (FORCESEEK, INDEX (tidings_commands_id)) WHERE id = @id;
