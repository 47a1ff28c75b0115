-- A page of the commands in a state, newest first.
DECLARE @before bigint = @P1;
DECLARE @most bigint = @P2;
DECLARE @state varchar(16) = @P3;
SELECT TOP (@most) number, id, digest, name, actor, promised, state, attempts, fence, host, lease_until, next_attempt_at,
    received_at, updated_at, last_error, position, outcome
FROM dbo.tidings_commands WHERE state = @state AND number < @before ORDER BY number DESC;
