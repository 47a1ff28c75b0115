-- How far all processes have come.
SELECT process, log_partition, number FROM dbo.tidings_progress ORDER BY process_key, log_partition;
