-- How far a process has come.
DECLARE @process_key binary(32) = @P1;
SELECT log_partition, number FROM dbo.tidings_progress WHERE process_key = @process_key ORDER BY log_partition;
