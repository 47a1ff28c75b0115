-- What every other host is at.
DECLARE @host uniqueidentifier = @P2;
UPDATE command
SET state = 'RECEIVED', fence = fence + 1, host = NULL, lease_until = NULL, due_at = CASE WHEN promised = 1 THEN @now END,
    updated_at = CASE WHEN updated_at < @now THEN @now ELSE updated_at END
OUTPUT inserted.number
FROM dbo.tidings_commands AS command WITH (FORCESEEK, INDEX (tidings_commands_state))
WHERE state = 'PROCESSING' AND host <> @host;
