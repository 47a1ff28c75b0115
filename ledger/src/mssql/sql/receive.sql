-- A command that is not known, with whoever is at it; 2601 where it is known: the key decides, so nothing is looked up.
DECLARE @id uniqueidentifier = @P2;
DECLARE @digest binary(32) = @P3;
DECLARE @name nvarchar(max) = @P4;
DECLARE @actor uniqueidentifier = @P5;
DECLARE @text nvarchar(max) = @P6; -- of a promise
DECLARE @host uniqueidentifier = @P7; -- of a claim
DECLARE @lease bigint = @P8;
INSERT INTO dbo.tidings_commands (id, digest, name, actor, promised, text, state, attempts, fence, host, lease_until,
    due_at, received_at, updated_at)
SELECT @id, @digest, @name, @actor, CASE WHEN @host IS NULL THEN 1 ELSE 0 END, @text,
    CASE WHEN @host IS NULL THEN 'RECEIVED' ELSE 'PROCESSING' END, CASE WHEN @host IS NULL THEN 0 ELSE 1 END,
    CASE WHEN @host IS NULL THEN 0 ELSE 1 END, @host, @now + @lease, CASE WHEN @host IS NULL THEN @now END, @now, @now;
