-- Removes reservations that have ended.
DECLARE @most bigint = @P2;
WITH ended AS (
    SELECT TOP (@most) name_key
    FROM dbo.tidings_names WITH (READCOMMITTEDLOCK, READPAST, UPDLOCK, FORCESEEK, INDEX (tidings_names_until))
    WHERE until IS NOT NULL AND until <= @now
    ORDER BY until
)
DELETE FROM ended OUTPUT deleted.name_key;
