use tidings_domain::catalogue::{
    CommandHelp, EXAMPLE_CLIP, EXAMPLE_COMMENT, EXAMPLE_OTHER_USER, EXAMPLE_POST, catalogue,
};
use tidings_domain::testing::sample::{user, uuid};
use tidings_domain::{Command, CommandError, Limits, Problem, SocialCommand, Source};

fn all() -> Vec<CommandHelp> {
    catalogue(&Limits::default())
}

fn parse(name: &str, data: &str) -> Result<SocialCommand, CommandError> {
    SocialCommand::parse(name, data, user(1), uuid(1))
}

#[test]
fn every_command_is_in_it_once_and_in_order() {
    let listed: Vec<_> = all().iter().map(|help| help.name).collect();
    let known: Vec<_> = SocialCommand::shapes().map(|shape| shape.name).collect();
    assert_eq!(listed, known);
}

#[test]
fn the_fields_listed_are_exactly_those_that_are_read() {
    for (help, shape) in all().iter().zip(SocialCommand::shapes()) {
        let listed: Vec<_> = help.fields.iter().map(|f| (f.name, f.default.is_none())).collect();
        let read = shape.fields.iter().filter(|(_, source)| *source != Source::Actor);
        let read: Vec<_> = read.map(|(name, source)| (*name, *source == Source::Data)).collect();
        assert_eq!(listed, read, "{}: fields, and whether they are required", help.name);
    }
}

#[test]
fn every_example_is_read() {
    for help in all() {
        let command = parse(help.name, help.example).unwrap();
        assert_eq!(command.name(), help.name);
    }
}

#[test]
fn an_example_without_a_required_field_is_refused_and_without_another_is_not() {
    for help in all() {
        let full = parse(help.name, help.example).unwrap().to_json();
        let full: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&full).unwrap();
        assert_eq!(full.len(), help.fields.len(), "{}: all its fields", help.name);
        for field in &help.fields {
            let mut data = full.clone();
            data.remove(field.name).unwrap();
            let parsed = parse(help.name, &serde_json::to_string(&data).unwrap());
            match parsed {
                Ok(_) => assert!(field.default.is_some(), "{}: {} is required", help.name, field.name),
                Err(CommandError::Invalid { problem: Problem::MissingField { field: missing }, .. }) => {
                    assert_eq!((missing, field.default), (field.name, None), "{}", help.name);
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[test]
fn the_limits_told_are_those_in_force() {
    let limits = Limits { clip_duration_s: 77, ..Limits::default() };
    let help = catalogue(&limits).into_iter().find(|help| help.name == "PublishClip").unwrap();
    let duration = help.fields.iter().find(|field| field.name == "duration_s").unwrap();
    assert_eq!(duration.limits, "1 to 77");
}

#[test]
fn summaries_are_one_sentence() {
    for help in all() {
        assert!(help.summary.ends_with('.') && !help.summary.contains('\n'), "{}", help.summary);
    }
}

#[test]
fn every_id_in_an_example_is_a_known_stand_in_of_its_kind() {
    for help in all() {
        let mut example = help.example.to_owned();
        for (field, stand_in) in [
            ("post", EXAMPLE_POST),
            ("comment", EXAMPLE_COMMENT),
            ("clip", EXAMPLE_CLIP),
            ("user", EXAMPLE_OTHER_USER),
        ] {
            example = example.replace(&format!(r#""{field}":"{stand_in}""#), "");
        }
        example = example.replace(&format!("post-{EXAMPLE_POST}"), "");
        assert!(!example.contains("0193"), "{}", help.example);
    }
}
