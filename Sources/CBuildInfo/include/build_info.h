// What this binary was built from; the manifest defines both macros.
#pragma once

#ifndef LAGWARDEN_VERSION
#define LAGWARDEN_VERSION "unknown"
#endif
#ifndef LAGWARDEN_REVISION
#define LAGWARDEN_REVISION "unknown"
#endif

// Content of the file VERSION.
const char *lagwarden_build_version(void);
// Commit of the checkout, "unknown" outside one; ends in "-dirty" with uncommitted changes.
const char *lagwarden_build_revision(void);
