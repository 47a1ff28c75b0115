-- Which format the ledger is of, and how old a server the database behaves as. By its name: on Azure its number is another.
SELECT format, (SELECT CAST(compatibility_level AS int) FROM sys.databases WHERE name = DB_NAME()) AS compatibility
FROM dbo.tidings_ledger WHERE one = 1;
