-- A page of all commands, newest first.
DECLARE @before bigint = @P1;
DECLARE @most bigint = @P2;
SELECT TOP (@most) number, id, digest, name, actor, promised, state, attempts, fence, host, lease_until, next_attempt_at,
    received_at, updated_at, last_error, position, outcome
FROM dbo.tidings_commands WHERE number < @before ORDER BY number DESC;
