-- Makes the tables where there are none, all or nothing. A storage format: times are milliseconds since 1970.
-- Of hosts that start at once one has the lock; the others find the tables made.
BEGIN TRANSACTION;
DECLARE @got int;
EXEC @got = sp_getapplock @Resource = 'tidings_ledger', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 5000;
IF @got < 0
BEGIN
    THROW 51222, 'another host has been making the ledger for more than 5 s', 1;
END;
IF NOT EXISTS (SELECT 1 FROM sys.tables WHERE name = 'tidings_ledger' AND schema_id = SCHEMA_ID('dbo'))
BEGIN
    CREATE TABLE dbo.tidings_ledger (
        one    int NOT NULL PRIMARY KEY CHECK (one = 1),
        format int NOT NULL,
        seen   bigint NOT NULL -- the latest time that any host has told
    );

    CREATE TABLE dbo.tidings_commands (
        number          bigint IDENTITY(1, 1) NOT NULL PRIMARY KEY, -- the order of receipt
        id              uniqueidentifier NOT NULL,                  -- the command's id
        digest          binary(32) NOT NULL,                        -- BLAKE3 of its content
        name            nvarchar(max) NOT NULL,                     -- what it is called
        actor           uniqueidentifier NOT NULL,                  -- who gave it
        promised        bit NOT NULL,                               -- 1: it is carried out though nobody waits
        text            nvarchar(max) NULL,                         -- JSON: all of a promised command, until it has its outcome
        state           varchar(16) COLLATE Latin1_General_100_BIN2 NOT NULL, -- where it stands
        attempts        int NOT NULL,                               -- how often it was begun
        fence           bigint NOT NULL,                            -- grows whenever a host takes it
        host            uniqueidentifier NULL,                      -- which host is at it
        lease_until     bigint NULL,                                -- until when
        next_attempt_at bigint NULL,                                -- when it is tried again
        due_at          bigint NULL,                                -- when any host may take it
        received_at     bigint NOT NULL,
        updated_at      bigint NOT NULL,
        last_error      nvarchar(max) NULL,                         -- why the last attempt that failed did
        position        nvarchar(40) NULL,                          -- where its commit stands
        outcome         nvarchar(max) NULL,                         -- JSON: what the reply says, or its error
        CHECK (state IN ('RECEIVED', 'PROCESSING', 'SUCCEEDED', 'REJECTED', 'FAILED_RETRYABLE', 'FAILED_TERMINAL', 'CANCELLED')),
        CHECK (attempts >= 0 AND fence >= 0),
        CHECK ((state = 'PROCESSING' AND lease_until IS NOT NULL AND host IS NOT NULL)
            OR (state <> 'PROCESSING' AND lease_until IS NULL AND host IS NULL)),
        CHECK ((state = 'FAILED_RETRYABLE' AND next_attempt_at IS NOT NULL)
            OR (state <> 'FAILED_RETRYABLE' AND next_attempt_at IS NULL)),
        CHECK ((state IN ('SUCCEEDED', 'REJECTED', 'FAILED_TERMINAL', 'CANCELLED') AND outcome IS NOT NULL)
            OR (state NOT IN ('SUCCEEDED', 'REJECTED', 'FAILED_TERMINAL', 'CANCELLED') AND outcome IS NULL)),
        CHECK ((promised = 1 AND outcome IS NULL AND due_at IS NOT NULL)
            OR ((promised = 0 OR outcome IS NOT NULL) AND due_at IS NULL))
    );
    CREATE UNIQUE INDEX tidings_commands_id ON dbo.tidings_commands (id);
    CREATE INDEX tidings_commands_state ON dbo.tidings_commands (state, number);
    CREATE INDEX tidings_commands_due ON dbo.tidings_commands (due_at, number) WHERE due_at IS NOT NULL;
    CREATE INDEX tidings_commands_age ON dbo.tidings_commands (updated_at) WHERE due_at IS NULL;

    CREATE TABLE dbo.tidings_names (
        name_key binary(32) NOT NULL PRIMARY KEY, -- BLAKE3 of the name
        name     nvarchar(max) NOT NULL,
        holder   uniqueidentifier NOT NULL,
        until    bigint NULL                      -- none: confirmed
    );
    CREATE INDEX tidings_names_until ON dbo.tidings_names (until) WHERE until IS NOT NULL;

    CREATE TABLE dbo.tidings_progress (
        process_key   binary(32) NOT NULL, -- BLAKE3 of the process's name
        log_partition int NOT NULL,
        process       nvarchar(max) NOT NULL,
        number        bigint NOT NULL,     -- the last commit that it is done with
        PRIMARY KEY (process_key, log_partition)
    );

    -- READPAST is to pass by rows, and not by pages of them.
    ALTER INDEX ALL ON dbo.tidings_commands SET (ALLOW_PAGE_LOCKS = OFF);
    ALTER INDEX ALL ON dbo.tidings_names SET (ALLOW_PAGE_LOCKS = OFF);

    INSERT INTO dbo.tidings_ledger (one, format, seen) VALUES (1, 1, 0);
END;
COMMIT TRANSACTION;
