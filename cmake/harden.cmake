# Hardening: ends the program when memory is corrupted. It applies to all optimised builds except those
# with sanitizers, which detect more. _FORTIFY_SOURCE checks buffer sizes that the compiler knows, the
# stack protector checks return addresses, and RELRO makes address tables read-only after start.
# tests/conventions/check_hardened.sh checks the built program.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)
include(CheckPIESupported)

check_pie_supported(LANGUAGES C)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(fm_hardening INTERFACE)
if(NOT FM_SANITIZE AND NOT FM_FUZZ AND CMAKE_BUILD_TYPE MATCHES "^Rel")
  target_compile_options(fm_hardening INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  foreach(flag -fstack-protector-strong -fstack-clash-protection -fcf-protection)
    string(MAKE_C_IDENTIFIER "HAVE${flag}" have)
    check_c_compiler_flag(${flag} ${have})
    if(${have})
      target_compile_options(fm_hardening INTERFACE ${flag})
    endif()
  endforeach()
  check_linker_flag(C "-Wl,-z,relro,-z,now,-z,noexecstack" HAVE_RELRO)
  if(HAVE_RELRO)
    target_link_options(fm_hardening INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack)
  endif()
endif()
