-- Leases of those that still hold what they held; the others get no row. One statement, however many.
DECLARE @holds nvarchar(max) = @P2;
DECLARE @lease bigint = @P3;
UPDATE command
SET lease_until = @now + @lease, due_at = CASE WHEN command.promised = 1 THEN @now + @lease END
OUTPUT inserted.id, inserted.fence
FROM dbo.tidings_commands AS command
JOIN OPENJSON(@holds) WITH (id uniqueidentifier '$.id', fence bigint '$.fence') AS held
    ON command.id = held.id AND command.fence = held.fence
WHERE command.state = 'PROCESSING';
