use tidings_domain::{Position, StreamId};

#[test]
fn a_position_is_written_partition_colon_number() {
    let position = Position::new(3, 42);
    assert_eq!(position.to_string(), "3:42");
    assert_eq!("3:42".parse(), Ok(position));
    assert_eq!(serde_json::to_string(&position).unwrap(), r#""3:42""#);
    assert_eq!(serde_json::from_str::<Position>(r#""3:42""#).unwrap(), position);
}

#[test]
fn what_is_no_position_is_refused_with_the_form_expected() {
    for text in ["", "3", "3:", ":42", "3:42:1", "-1:2", "65536:1", "3:x", "3:18446744073709551616"] {
        let error = text.parse::<Position>().unwrap_err().to_string();
        assert_eq!(error, format!("`{text}` is no position of the form 3:42 (partition:number)"));
    }
}

#[test]
fn a_stream_id_has_a_kind_and_a_key() {
    let stream: StreamId = "shelf-7-upper".parse().unwrap();
    assert_eq!((stream.kind(), stream.key()), ("shelf", "7-upper"));
    assert_eq!(StreamId::of("shelf", "7-upper"), Ok(stream));
}

#[test]
fn what_is_no_stream_id_is_refused() {
    let long = format!("a-{}", "x".repeat(199));
    for text in ["", "post", "-7", "post-", "po st-7", "post-ü", "post-7\n", &long] {
        assert!(text.parse::<StreamId>().is_err(), "{text}");
    }
    assert!(long[..200].parse::<StreamId>().is_ok());
}
