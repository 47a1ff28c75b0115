-- Ends of those that still hold what they held; the others get no row. One statement, however many. What has its outcome
-- needs its text no more; what failed may yet be tried again.
DECLARE @ends nvarchar(max) = @P2;
UPDATE command
SET state = ended.state, host = NULL, lease_until = NULL,
    next_attempt_at = COALESCE(ended.next_at, @now + ended.wait),
    due_at = CASE WHEN command.promised = 1 AND ended.outcome IS NULL
        THEN COALESCE(ended.next_at, @now + ended.wait, @now) END,
    updated_at = CASE WHEN command.updated_at < @now THEN @now ELSE command.updated_at END,
    last_error = COALESCE(ended.why, command.last_error), position = ended.position, outcome = ended.outcome,
    text = CASE WHEN ended.state NOT IN ('SUCCEEDED', 'REJECTED') THEN command.text END
OUTPUT inserted.id, inserted.fence
FROM dbo.tidings_commands AS command WITH (FORCESEEK, INDEX (tidings_commands_id))
JOIN OPENJSON(@ends) WITH (id uniqueidentifier '$.id', fence bigint '$.fence', state varchar(16) '$.state',
    next_at bigint '$.next_at', wait bigint '$.wait', why nvarchar(max) '$.why', position nvarchar(40) '$.position',
    outcome nvarchar(max) '$.outcome') AS ended
    ON command.id = ended.id AND command.fence = ended.fence
WHERE command.state = 'PROCESSING';
