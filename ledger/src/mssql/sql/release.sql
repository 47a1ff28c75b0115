-- Gives a name back, where the holder has it.
DECLARE @name_key binary(32) = @P2;
DECLARE @holder uniqueidentifier = @P3;
DELETE FROM dbo.tidings_names
OUTPUT deleted.holder
WHERE name_key = @name_key AND holder = @holder AND (until IS NULL OR until > @now);
