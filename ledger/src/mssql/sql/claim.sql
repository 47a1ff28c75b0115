-- The ledger's time, and promised commands for a host, each with the time since which it was due. READPAST: what another
-- host is claiming is left to it, not waited for. READCOMMITTEDLOCK: also where readers go by versions of rows.
DECLARE @host uniqueidentifier = @P2;
DECLARE @lease bigint = @P3;
DECLARE @most bigint = @P4;
SELECT @now AS now;
WITH due AS (
    SELECT TOP (@most) number, id, text, state, attempts, fence, host, lease_until, next_attempt_at, due_at, updated_at
    FROM dbo.tidings_commands WITH (READCOMMITTEDLOCK, READPAST, UPDLOCK, FORCESEEK, INDEX (tidings_commands_due))
    WHERE due_at IS NOT NULL AND due_at <= @now
    ORDER BY due_at, number
)
UPDATE due
SET state = 'PROCESSING', attempts = attempts + 1, fence = fence + 1, host = @host, lease_until = @now + @lease,
    due_at = @now + @lease, next_attempt_at = NULL, updated_at = CASE WHEN updated_at < @now THEN @now ELSE updated_at END
OUTPUT deleted.due_at, inserted.number, inserted.id, inserted.fence, inserted.attempts, inserted.text;
