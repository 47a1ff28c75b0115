//! Why a command cannot be read.

/// Why a name and its data are no command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No command has this name.
    #[error("there is no command `{name}`{}", suggestion(*.nearest))]
    Unknown {
        /// The name given, its first 60 characters.
        name: String,
        /// The command whose name is nearest, where one is near.
        nearest: Option<&'static str>,
    },
    /// The data are not those of the command.
    #[error("{command}: {problem}")]
    Invalid {
        /// The command.
        command: &'static str,
        /// The field, by its path (`renditions[2]`); empty where the data as a whole are wrong.
        field: String,
        /// What is wrong with it.
        problem: Problem,
    },
}

/// What is wrong with the data of a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The data are no JSON object.
    #[error("the data must be a JSON object of its fields: {cause}")]
    NotAnObject {
        /// What they are.
        cause: String,
    },
    /// The command has no such field.
    #[error("`{field}` is no field of it{}", suggestion(*.nearest))]
    UnknownField {
        /// The field given.
        field: String,
        /// The field whose name is nearest, where one is near.
        nearest: Option<&'static str>,
    },
    /// The field tells who acts, which is the actor.
    #[error("`{field}` is taken from the actor: leave it out of the data")]
    ActorField {
        /// The field given.
        field: &'static str,
    },
    /// A field is missing that has no default.
    #[error("`{field}` is missing")]
    MissingField {
        /// The field.
        field: &'static str,
    },
    /// A field is given more than once.
    #[error("`{field}` is given more than once")]
    RepeatedField {
        /// The field.
        field: &'static str,
    },
    /// A field's value has the wrong type or form.
    #[error("`{field}`: {cause}")]
    WrongValue {
        /// The field, by its path.
        field: String,
        /// What was found and what is expected.
        cause: String,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// The candidate most like `given`, where one is alike at all.
pub(crate) fn nearest(given: &str, candidates: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let given: String = given.chars().take(60).collect::<String>().to_lowercase();
    candidates
        .map(|candidate| (strsim::jaro_winkler(&given, &candidate.to_lowercase()), candidate))
        .filter(|(alike, _)| *alike >= 0.8)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}
