-- What every other host is at.
DECLARE @host uniqueidentifier = @P2;
UPDATE dbo.tidings_commands
SET state = 'RECEIVED', fence = fence + 1, host = NULL, lease_until = NULL, due_at = CASE WHEN promised = 1 THEN @now END,
    updated_at = CASE WHEN updated_at < @now THEN @now ELSE updated_at END
OUTPUT inserted.number
WHERE state = 'PROCESSING' AND host <> @host;
