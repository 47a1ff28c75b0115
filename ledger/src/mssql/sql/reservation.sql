-- Who has a name.
DECLARE @name_key binary(32) = @P1;
SELECT name, holder, until FROM dbo.tidings_names WHERE name_key = @name_key;
