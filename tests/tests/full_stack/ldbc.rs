use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tidings_examples::social_network::census::census;
use tidings_examples::social_network::checks::check;
use tidings_examples::social_network::client::Pool;
use tidings_examples::social_network::import::{Imported, import};
use tidings_examples::social_network::network;
use tidings_examples::social_network::plan::{Plan, plan};
use tidings_examples::social_network::queries::Queries;
use tidings_tests::{FullStack, Ledger, audit_at, ldbc_folder, log_at};

/// LDBC's files where they are there, else the few that are kept in the repository.
fn folder() -> PathBuf {
    let small = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/tests/data/small");
    ldbc_folder().unwrap_or_else(small)
}

const PATIENCE: Duration = Duration::from_secs(60);

async fn tell(stack: &FullStack, host: usize, plan: &Arc<Plan>) -> Imported {
    let pool = Arc::new(Pool::new(stack.commands[host].commands.to_string(), 4, PATIENCE));
    let imported = import(plan.clone(), pool, 256, || {}).await.unwrap();
    assert!(imported.refused.is_empty() && imported.not_sent == 0, "{:?}", imported.refused);
    imported
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_network_is_told_once_and_all_counts_are_those_of_its_files() {
    let (stack, (network, skipped)) = (FullStack::start(2).await, network::read(&folder()).unwrap());
    let plan = Arc::new(plan(&network));
    let left_out = skipped.iter().map(|skipped| skipped.place).collect();
    let census = census(&folder(), &left_out).unwrap();
    let first = tell(&stack, 0, &plan).await;
    // On a slow machine a reply may be late, and the command, sent again, replayed.
    assert_eq!((first.appended() + first.replayed, first.unchanged), (plan.commands.len(), 0));
    // To the other host, with nothing in its cache.
    let second = tell(&stack, 1, &plan).await;
    assert_eq!((second.appended(), second.replayed), (0, plan.commands.len()));
    for host in &stack.queries {
        let after = first.after.values().copied().collect();
        let queries = Queries::new(Pool::new(host.queries.to_string(), 4, PATIENCE), after, 64);
        let found = check(&queries, &census, &first.commits(&plan)).await.unwrap();
        assert!(found.is_well(), "{:?}", found.differences);
        assert_eq!(found.in_log, plan.commands.len());
    }
    assert_eq!(log_at(&stack.urls).await.len(), plan.commands.len());
    audit_at(&stack.urls, &Ledger::default()).await;
}
