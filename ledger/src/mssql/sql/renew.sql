-- Leases of those that still hold what they held; the others get no row. One statement, however many. One that
-- had to wait puts no later lease back.
DECLARE @holds nvarchar(max) = @P2;
DECLARE @lease bigint = @P3;
UPDATE command
SET lease_until = CASE WHEN command.lease_until < @now + @lease THEN @now + @lease ELSE command.lease_until END,
    due_at = CASE WHEN command.promised = 1 AND command.due_at < @now + @lease THEN @now + @lease ELSE command.due_at END
OUTPUT inserted.id, inserted.fence
FROM dbo.tidings_commands AS command WITH (FORCESEEK, INDEX (tidings_commands_id))
JOIN OPENJSON(@holds) WITH (id uniqueidentifier '$.id', fence bigint '$.fence') AS held
    ON command.id = held.id AND command.fence = held.fence
WHERE command.state = 'PROCESSING';
