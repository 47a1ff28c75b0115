-- The ledger's time: the caller's, @P1, unless a later one was told before. Before the transaction that goes by it, so
-- that its row is locked for no longer than it takes to write it.
DECLARE @told bigint = @P1;
DECLARE @now bigint;
UPDATE dbo.tidings_ledger SET @now = seen = @told WHERE one = 1 AND seen < @told;
IF @@ROWCOUNT = 0 SELECT @now = seen FROM dbo.tidings_ledger WHERE one = 1;
