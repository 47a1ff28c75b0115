-- How many promised commands are not done with, counted no further than asked for.
DECLARE @most bigint = @P1;
SELECT COUNT_BIG(*) AS waiting
FROM (SELECT TOP (@most) number FROM dbo.tidings_commands WHERE due_at IS NOT NULL) AS due;
