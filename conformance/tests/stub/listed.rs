pub const BREAKS: &[(&str, &str)] = &[];
