//! The same seed, the same history.

use tidings_simulation::{Owners, Plan, Report, Weather, run};

fn history(seed: u64) -> String {
    let Report { history, .. } = run(seed, &Plan::of(seed)).unwrap_or_else(|failure| panic!("{failure}"));
    history
}

#[test]
fn the_same_seed_gives_the_same_history_byte_for_byte() {
    for seed in 1..=24 {
        let (one, other) = (history(seed), history(seed));
        let differs = one.lines().zip(other.lines()).position(|(one, other)| one != other);
        assert!(one == other, "seed {seed}: line {differs:?}");
    }
}

#[test]
fn the_same_seed_fails_in_the_same_way() {
    let plan = |seed| Plan { planted: Some(tidings_simulation::Planted::RelayForgets), ..Plan::of(seed) };
    let failure = (1..100).find_map(|seed| run(seed, &plan(seed)).err()).unwrap();
    assert_eq!(run(failure.seed, &plan(failure.seed)), Err(failure));
}

#[test]
fn another_seed_gives_another_history() {
    assert_ne!(history(1), history(2));
}

#[test]
fn seeds_differ_in_weather_and_size() {
    let plans: Vec<Plan> = (0..100).map(Plan::of).collect();
    for weather in [Weather::Calm, Weather::Doubtful, Weather::Windy, Weather::Deadly, Weather::Stormy] {
        assert!(plans.iter().any(|plan| plan.weather == weather), "{weather:?}");
    }
    for owners in [Owners::Unknown, Owners::Right, Owners::Wrong] {
        assert!(plans.iter().any(|plan| plan.owners == owners && plan.relays > 1), "{owners:?}");
    }
    for hosts in 1..=3 {
        assert!(plans.iter().any(|plan| plan.hosts == hosts), "{hosts} hosts");
    }
    assert!(plans.iter().any(|plan| plan.partitions == 1) && plans.iter().any(|plan| plan.partitions > 1));
    assert!(plans.iter().any(|plan| plan.batch == 1) && plans.iter().any(|plan| plan.cached == 1));
}
