//! Who may only read. Whoever has USAGE on the schema `tidings` may read its views and every generation.

use postgres_protocol::password::scram_sha_256;
use tokio_postgres::Client;

use super::failure::Failure;

/// Lets all who have USAGE on `tidings` read a generation's schema, and the views.
pub(super) async fn let_readers_in(client: &Client, schema: &str) -> Result<(), Failure> {
    let sql = "SELECT DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END \
               FROM pg_namespace n, aclexplode(n.nspacl) a \
               WHERE n.nspname = 'tidings' AND a.privilege_type = 'USAGE' AND a.grantee <> n.nspowner";
    for row in client.query(sql, &[]).await? {
        let role: &str = row.get(0);
        client.batch_execute(&grants(role, schema)).await?;
    }
    Ok(())
}

fn grants(role: &str, schema: &str) -> String {
    format!(
        "GRANT USAGE ON SCHEMA tidings, {schema} TO {role}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA tidings, {schema} TO {role};"
    )
}

/// Lets a role log in (with a password, where one is given) and read. It is made where it is not there.
pub(super) async fn make_reader(client: &Client, name: &str, password: Option<&str>) -> Result<(), Failure> {
    let sql = "SELECT quote_ident($1::text), quote_literal($2::text), EXISTS (SELECT FROM pg_roles WHERE rolname = $1)";
    // Hashed here: the server may write statements into its log.
    let password = password.map(|p| scram_sha_256(p.as_bytes())).unwrap_or_default();
    let row = client.query_one(sql, &[&name, &password]).await?;
    let (role, secret, there): (&str, &str, bool) = (row.get(0), row.get(1), row.get(2));
    let with = if password.is_empty() { String::new() } else { format!(" PASSWORD {secret}") };
    if !there {
        client.batch_execute(&format!("CREATE ROLE {role} LOGIN{with}")).await?;
    } else if !password.is_empty() {
        client.batch_execute(&format!("ALTER ROLE {role} LOGIN{with}")).await?;
    }
    client.batch_execute(&format!("GRANT USAGE ON SCHEMA tidings TO {role}")).await?;
    Ok(())
}
