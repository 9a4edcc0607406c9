# Writes OUTPUT with the commit of the checkout SOURCE ("unknown" without git), COMPILER and TYPE.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude *
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT commit)
  set(commit unknown)
endif()
set(text "/* Written by cmake/build_info_write.cmake. */
#define FM_BUILD_COMMIT   \"${commit}\"
#define FM_BUILD_COMPILER \"${COMPILER}\"
#define FM_BUILD_TYPE     \"${TYPE}\"
")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT before STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
