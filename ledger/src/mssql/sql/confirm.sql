-- Makes a reservation last for good, where the holder has it.
DECLARE @name_key binary(32) = @P2;
DECLARE @holder uniqueidentifier = @P3;
UPDATE dbo.tidings_names SET until = NULL
OUTPUT inserted.holder
WHERE name_key = @name_key AND holder = @holder AND (until IS NULL OR until > @now);
