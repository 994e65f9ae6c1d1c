#include "build_info.h"

const char *lagwarden_build_version(void) { return LAGWARDEN_VERSION; }

const char *lagwarden_build_revision(void) { return LAGWARDEN_REVISION; }
