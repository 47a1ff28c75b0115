-- Which format the ledger is of.
SELECT format FROM dbo.tidings_ledger WHERE one = 1;
