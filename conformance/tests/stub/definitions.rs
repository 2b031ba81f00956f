//! The specimen's schemas: the RFC's own (RFC 7643 §3.1, §4.1, §4.2, §4.3, with the characteristics of §8.7.1), and a
//! `Device` that has each data type and each characteristic once.
//!
//! One line for each attribute, two blanks before a sub-attribute; `schema.rs` reads them.

/// RFC 7643 §3.1, and `schemas` of §3.
pub const COMMON: &str = "
urn:ietf:params:scim:schemas:common Common | What every resource has
schemas string multi exact always | The schemas of the resource
id string exact readOnly always unique | The server's name for the resource
externalId string exact | The client's name for the resource
meta complex readOnly | About the resource
  resourceType string exact readOnly
  created dateTime readOnly
  lastModified dateTime readOnly
  location reference exact readOnly
  version string exact readOnly
";

/// RFC 7643 §4.1 and §8.7.1; `addresses.primary` from §2.4, since §8.2 has one.
pub const USER: &str = "
urn:ietf:params:scim:schemas:core:2.0:User User | User Account
userName string required unique | The name that the user signs in with
name complex | The components of the user's name
  formatted string | The whole name
  familyName string | The family name
  givenName string | The given name
  middleName string | The middle names
  honorificPrefix string | The title before the name
  honorificSuffix string | What follows the name
displayName string | The name to show
nickName string | The casual name
profileUrl reference ->external | The address of the user's profile
title string | The user's title
userType string | The relation of the user to the organization
preferredLanguage string | The language, as in Accept-Language
locale string | The locale for numbers and dates
timezone string | The time zone, as in the IANA database
active boolean | Whether the user may sign in
password string writeOnly never | The clear-text password
emails complex multi | The e-mail addresses
  value string | The address
  display string | The address to show
  type string =work,home,other | What the address is for
  primary boolean | Whether it is the preferred one
phoneNumbers complex multi | The telephone numbers
  value string | The number
  display string | The number to show
  type string =work,home,mobile,fax,pager,other | What the number is for
  primary boolean | Whether it is the preferred one
ims complex multi | The instant messaging addresses
  value string | The address
  display string | The address to show
  type string =aim,gtalk,icq,xmpp,msn,skype,qq,yahoo | The network
  primary boolean | Whether it is the preferred one
photos complex multi | The photographs
  value reference ->external | The address of the picture
  display string | The text to show
  type string =photo,thumbnail | The size
  primary boolean | Whether it is the preferred one
addresses complex multi | The postal addresses
  formatted string | The whole address
  streetAddress string | The street and number
  locality string | The city
  region string | The state
  postalCode string | The postal code
  country string | The country
  type string =work,home,other | What the address is for
  primary boolean | Whether it is the preferred one
groups complex multi readOnly | The groups that the user belongs to
  value string readOnly | The id of the group
  $ref reference readOnly ->User,Group | The address of the group
  display string readOnly | The name of the group
  type string readOnly =direct,indirect | Whether the user is a member itself
entitlements complex multi | The entitlements
  value string | The entitlement
  display string | The text to show
  type string | The kind
  primary boolean | Whether it is the preferred one
roles complex multi | The roles
  value string | The role
  display string | The text to show
  type string | The kind
  primary boolean | Whether it is the preferred one
x509Certificates complex multi | The certificates
  value binary | The certificate, DER in base64
  display string | The text to show
  type string | The kind
  primary boolean | Whether it is the preferred one
";

/// RFC 7643 §4.2: `displayName` is required by its text (§8.7.1 forgets it), `members.display` is from §2.4.
pub const GROUP: &str = "
urn:ietf:params:scim:schemas:core:2.0:Group Group | Group
displayName string required | The name of the group
members complex multi | The members of the group
  value string immutable | The id of the member
  $ref reference immutable ->User,Group | The address of the member
  type string immutable =User,Group | The type of the member
  display string readOnly | The name of the member
";

/// RFC 7643 §4.3.
pub const ENTERPRISE: &str = "
urn:ietf:params:scim:schemas:extension:enterprise:2.0:User EnterpriseUser | Enterprise User
employeeNumber string | The number of the user in the organization
costCenter string | The cost center
organization string | The organization
division string | The division
department string | The department
manager complex | The user's manager
  value string | The id of the manager
  $ref reference ->User | The address of the manager
  displayName string readOnly | The name of the manager
";

/// A custom type with each data type and each characteristic.
pub const DEVICE: &str = "
urn:example:params:scim:schemas:core:2.0:Device Device | A device
serial string required exact unique | A string that is caseExact, required and unique
label string | A string that is not caseExact
assetTag string unique | A string that is not caseExact, and unique
enabled boolean | A boolean
slots integer | An integer
weight decimal | A decimal
bought dateTime | A dateTime
certificate binary exact | A binary
manual reference exact ->uri,external | A reference
firmware string readOnly | A string that only the server sets
batch string immutable | A string that is set once
pin string writeOnly never | A string that never comes back
kind string always | A string that always comes back
notes string request | A string that comes back on demand
size string =small,large | A string with suggested values
tags string multi | A multi-valued string
codes string multi exact | A multi-valued string that is caseExact
levels integer multi | A multi-valued integer
screen complex | A complex attribute
  width integer required | A required sub-attribute
  height integer | A sub-attribute
  coating string immutable | A sub-attribute that is set once
  panel string readOnly | A sub-attribute that only the server sets
ports complex multi | A multi-valued complex attribute
  value string required exact | A required sub-attribute
  display string | The text to show
  type string =usb,hdmi | The kind
  speed integer | A number
  primary boolean | Whether it is the preferred one
";

/// An extension that every device has.
pub const DEVICE_PLACE: &str = "
urn:example:params:scim:schemas:extension:2.0:Place Place | Where the device is
building string required | A required attribute of a required extension
floor integer | An integer
note string | The attribute that both extensions have
contact complex | A complex attribute of an extension
  value string | The id of the contact
  name string | The name of the contact
";

/// An extension that a device may have.
pub const DEVICE_LABEL: &str = "
urn:example:params:scim:schemas:extension:2.0:Warranty Warranty | What the maker promises
until dateTime | A dateTime
note string | The attribute that both extensions have
claims complex multi | A multi-valued complex attribute of an extension
  value string | The number of the claim
  type string =repair,exchange | The kind
  primary boolean | Whether it is the preferred one
";
