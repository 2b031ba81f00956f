//! A judge for SCIM 2.0 servers.
