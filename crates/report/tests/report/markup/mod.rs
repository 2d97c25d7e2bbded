//! Minimal HTML parser that checks the page.

/// Elements without an end tag.
const VOID: [&str; 8] = ["meta", "br", "link", "img", "hr", "input", "!doctype", "source"];

/// Asserts that elements are nested correctly and ids are unique.
pub fn assert_balanced(markup: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut ids = std::collections::HashSet::new();
    let mut rest = markup;
    while let Some(start) = rest.find('<') {
        let tag = &rest[start + 1..];
        let end = tag.find('>').expect("a tag without an end");
        let inside = &tag[..end];
        rest = &tag[end + 1..];
        let name = inside.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap();
        if let Some(id) = inside.split(" id=\"").nth(1) {
            let id = id.split('"').next().unwrap();
            assert!(ids.insert(id), "id {id} is there twice");
        }
        if inside.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}> near {:.60}", rest);
        } else if !inside.ends_with('/') && !VOID.contains(&name) {
            open.push(name);
            if name == "style" || name == "script" {
                rest = &rest[rest.find(&format!("</{name}>")).expect("no end")..];
            }
        }
    }
    assert_eq!(open, Vec::<&str>::new(), "elements without an end tag");
    let targets = markup.split(" href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap());
    for target in targets {
        assert!(ids.contains(target), "the link target #{target} does not exist");
    }
}

/// Asserts that the page loads no other resource.
pub fn assert_loads_nothing(markup: &str) {
    for attribute in [" src=\"", " href=\"", " srcset=\"", " action=\"", " xlink:href=\""] {
        for value in markup.split(attribute).skip(1) {
            assert!(
                value.starts_with('#') || value.starts_with("data:"),
                "{attribute}{:.60}",
                value
            );
        }
    }
    for word in ["@import", "url(", "<link", "<iframe", "<script src", "fetch(", "import("] {
        assert!(!markup.contains(word), "{word} in the page");
    }
}

/// Returns the visible text. A blank replaces each tag, except for those of explained terms.
pub fn text_of(markup: &str) -> String {
    let mut text = String::new();
    let mut tag = String::new();
    let mut inside = false;
    for letter in markup.chars() {
        match letter {
            '<' => {
                inside = true;
                tag.clear();
            }
            '>' => {
                inside = false;
                if !tag.trim_start_matches('/').starts_with("dfn") {
                    text.push(' ');
                }
            }
            other if inside => tag.push(other),
            other => text.push(other),
        }
    }
    text.replace('\u{a0}', " ")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&#x2f;", "/")
        .replace("&#x60;", "`")
        .replace("&amp;", "&")
}
