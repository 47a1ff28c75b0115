//! The events of a commit as one JSON text that a person can read. A storage format.
//!
//! `[{"type":"PostCreated","schema":1,"data":{…}},…]`, where `data` stands as it was given, byte for byte. Data
//! that are no JSON, or have blanks around them, would not survive that; they stand as a string named `text`.

use serde::Deserialize;
use serde_json::value::RawValue;
use tidings_domain::Encoded;

/// Writes the JSON text of events at the end of `into`.
pub fn write(events: &[Encoded], into: &mut String) -> Result<(), serde_json::Error> {
    into.push('[');
    for (place, event) in events.iter().enumerate() {
        if place > 0 {
            into.push(',');
        }
        into.push_str(r#"{"type":"#);
        write_string(&event.name, into)?;
        into.push_str(r#","schema":"#);
        into.push_str(&event.schema.to_string());
        if stands_alone(&event.data) {
            into.push_str(r#","data":"#);
            into.push_str(&event.data);
        } else {
            into.push_str(r#","text":"#);
            write_string(&event.data, into)?;
        }
        into.push('}');
    }
    into.push(']');
    Ok(())
}

fn write_string(text: &str, into: &mut String) -> Result<(), serde_json::Error> {
    if text.bytes().all(|b| b.is_ascii_alphanumeric()) {
        into.extend(["\"", text, "\""]);
    } else {
        into.push_str(&serde_json::to_string(text)?);
    }
    Ok(())
}

/// Whether a text is one JSON value with nothing around it.
fn stands_alone(data: &str) -> bool {
    // A `null` would be read as no data at all.
    data != "null" && serde_json::from_str::<&RawValue>(data).is_ok_and(|v| v.get().len() == data.len())
}

/// Reads what [`write()`] wrote.
pub fn read(json: &str) -> Result<Vec<Encoded>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Stored<'a> {
        #[serde(rename = "type")]
        name: String,
        schema: u16,
        #[serde(borrow)]
        data: Option<&'a RawValue>,
        text: Option<String>,
    }
    let stored: Vec<Stored<'_>> = serde_json::from_str(json)?;
    let event = |event: Stored<'_>| {
        let data = event.data.map(|data| data.get().to_owned()).or(event.text);
        let data = data.ok_or_else(|| serde::de::Error::missing_field("data"))?;
        Ok(Encoded { name: event.name.into(), schema: event.schema, data })
    };
    stored.into_iter().map(event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_come_back_byte_for_byte() {
        let deep = "[".repeat(1_000) + &"]".repeat(1_000);
        for data in [
            r#"{"text":"hello"}"#,
            "{ \"b\" : 1.0e2,\n\t\"a\":\"\\u00e9\\n\", \"a\": 2 }",
            r#"{"n":123456789012345678901234567890.10}"#,
            " {} ",
            "{}\n",
            "no JSON at all \u{0} \" ]",
            "",
            "null",
            "{}{}",
            r#""text""#,
            &deep,
        ] {
            let event = |name: &'static str| Encoded { name: name.into(), schema: 7, data: data.into() };
            let events = vec![event("PostCreated"), event("odd \"name\" \\ \u{1F600}")];
            let mut json = String::new();
            write(&events, &mut json).unwrap();
            assert!(serde_json::from_str::<&RawValue>(&json).is_ok(), "{json}");
            assert_eq!(read(&json).unwrap(), events);
        }
    }

    #[test]
    fn the_form_is_what_a_person_expects() {
        let mut json = String::new();
        let event = Encoded { name: "PostDeleted".into(), schema: 2, data: r#"{"by":1}"#.into() };
        write(&[event], &mut json).unwrap();
        assert_eq!(json, r#"[{"type":"PostDeleted","schema":2,"data":{"by":1}}]"#);
    }
}
