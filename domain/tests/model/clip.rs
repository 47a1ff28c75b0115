use std::collections::BTreeMap;

use proptest::prelude::*;
use tidings_domain::clip::{Clip, Command, VideoState};
use tidings_domain::testing::sample;
use tidings_domain::{UserId, Visibility};

use super::text::{fate, fate_or_blank, texts};
use super::{Model, Step, Verdict, actors, config, run, visibilities};

#[derive(Debug, Default)]
enum Reel {
    #[default]
    None,
    Kept(Card, Film),
    Burnt,
}

#[derive(Debug)]
struct Card {
    author: UserId,
    title: &'static str,
    description: &'static str,
    visibility: Visibility,
}

#[derive(Debug, PartialEq)]
enum Film {
    Developing,
    Ready(&'static str, u32, Vec<&'static str>),
    Spoilt,
}

fn film(media_key: &str, duration_s: u32, renditions: &[String]) -> Result<Film, &'static str> {
    if duration_s == 0 || duration_s > 600 {
        return Err("duration_out_of_range");
    }
    if renditions.len() > 16 {
        return Err("too_many_renditions");
    }
    let key = fate(media_key)?;
    Ok(Film::Ready(key, duration_s, renditions.iter().map(|r| fate(r)).collect::<Result<_, _>>()?))
}

impl Model<Clip> for Reel {
    fn expect(&mut self, step: &Step<Clip>) -> Verdict {
        let actor = step.actor;
        let (card, state) = match (&mut *self, &step.command) {
            (Self::None, Command::StageClip { title, description, .. }) => {
                let (title, description) = (fate(title)?, fate_or_blank(description)?);
                let card = Card { author: actor.id, title, description, visibility: Visibility::Public };
                *self = Self::Kept(card, Film::Developing);
                return Ok(vec!["ClipStaged"]);
            }
            (_, Command::StageClip { .. }) => return Err("already_exists"),
            (Self::None, _) => return Err("clip_not_found"),
            (Self::Burnt, _) => return Err("clip_deleted"),
            (Self::Kept(card, film), _) => (card, film),
        };
        let author_only =
            matches!(step.command, Command::EditClip { .. } | Command::SetClipVisibility { .. });
        match (actor.id == card.author, author_only) {
            (false, true) => return Err("not_author"),
            (false, false) if !actor.moderator => return Err("not_author_or_moderator"),
            _ => {}
        }
        match &step.command {
            Command::PublishClip { media_key, duration_s, renditions, .. } => {
                let new = film(media_key, *duration_s, renditions)?;
                match state {
                    Film::Developing => {
                        *state = new;
                        Ok(vec!["ClipPublished"])
                    }
                    Film::Spoilt => Err("already_failed"),
                    Film::Ready(..) if *state == new => Ok(vec![]),
                    Film::Ready(..) => Err("already_published"),
                }
            }
            Command::FailClip { reason, .. } => {
                fate(reason)?;
                match state {
                    Film::Developing => {
                        *state = Film::Spoilt;
                        Ok(vec!["ClipFailed"])
                    }
                    Film::Spoilt => Ok(vec![]),
                    Film::Ready(..) => Err("already_published"),
                }
            }
            Command::EditClip { title, description, .. } => {
                let (title, description) = (fate(title)?, fate_or_blank(description)?);
                if (card.title, card.description) == (title, description) {
                    return Ok(vec![]);
                }
                (card.title, card.description) = (title, description);
                Ok(vec!["ClipEdited"])
            }
            Command::SetClipVisibility { visibility, .. } => {
                let before = std::mem::replace(&mut card.visibility, *visibility);
                Ok(if before == *visibility { vec![] } else { vec!["ClipVisibilityChanged"] })
            }
            Command::DeleteClip { .. } => {
                *self = Self::Burnt;
                Ok(vec!["ClipDeleted"])
            }
            Command::StageClip { .. } => unreachable!("dealt with above"),
        }
    }

    fn agrees(&self, state: &Clip) -> bool {
        match self {
            Self::None => *state == Clip::default(),
            Self::Burnt => state.deleted && state.title.is_empty() && state.description.is_empty(),
            Self::Kept(card, film) => {
                let same_film = match (&state.video, film) {
                    (VideoState::Staged, Film::Developing) | (VideoState::Failed, Film::Spoilt) => true,
                    (VideoState::Published(video), Film::Ready(key, duration, renditions)) => {
                        (&*video.media_key, video.duration_s) == (*key, *duration)
                            && video.renditions == *renditions
                    }
                    _ => false,
                };
                same_film
                    && !state.deleted
                    && state.author == Some(card.author)
                    && (&*state.title, &*state.description) == (card.title, card.description)
                    && state.visibility == card.visibility
            }
        }
    }
}

fn commands() -> impl Strategy<Value = Command> {
    let clip = sample::clip(1);
    let durations = prop_oneof![4 => Just(12), 2 => Just(13), 1 => Just(0), 1 => Just(600), 1 => Just(601)];
    let renditions = prop_oneof![
        6 => Just(vec!["a".to_owned()]),
        1 => prop::collection::vec(texts(), 0..3),
        1 => Just(vec!["a".to_owned(); 17]),
    ];
    prop_oneof![
        3 => (texts(), texts())
            .prop_map(move |(title, description)| Command::StageClip { clip, title, description }),
        3 => (texts(), durations, renditions).prop_map(move |(media_key, duration_s, renditions)| {
            Command::PublishClip { clip, media_key, duration_s, renditions }
        }),
        2 => texts().prop_map(move |reason| Command::FailClip { clip, reason }),
        3 => (texts(), texts())
            .prop_map(move |(title, description)| Command::EditClip { clip, title, description }),
        2 => visibilities().prop_map(move |visibility| Command::SetClipVisibility { clip, visibility }),
        1 => Just(Command::DeleteClip { clip }),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_sequence_of_commands_does_what_the_model_does(
        steps in prop::collection::vec((actors(), commands()), 0..40)
    ) {
        let steps: Vec<_> = steps
            .into_iter()
            .map(|(actor, command)| Step { actor, command, facts: BTreeMap::new() })
            .collect();
        run::<Clip, Reel>(&steps)?;
    }
}
