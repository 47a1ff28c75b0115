-- Reserves a name that is free, has ended, or is the holder's own; and who has it then. UPDLOCK, HOLDLOCK: who finds no
-- row locks its place, so that the three statements are one.
DECLARE @name_key binary(32) = @P2;
DECLARE @name nvarchar(max) = @P3;
DECLARE @holder uniqueidentifier = @P4;
DECLARE @lasts bigint = @P5;
BEGIN TRANSACTION;
INSERT INTO dbo.tidings_names (name_key, name, holder, until)
SELECT @name_key, @name, @holder, @now + @lasts
WHERE NOT EXISTS (SELECT 1 FROM dbo.tidings_names WITH (UPDLOCK, HOLDLOCK) WHERE name_key = @name_key);
UPDATE dbo.tidings_names SET holder = @holder, until = @now + @lasts
WHERE name_key = @name_key AND until IS NOT NULL AND (until <= @now OR holder = @holder);
SELECT name, holder, until FROM dbo.tidings_names WHERE name_key = @name_key;
COMMIT TRANSACTION;
