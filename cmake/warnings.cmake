# fm_build_flags: an interface target that all our targets link. It sets language standard, warnings,
# sanitizers and hardening.
add_library(fm_build_flags INTERFACE)
target_compile_definitions(fm_build_flags INTERFACE _POSIX_C_SOURCE=200809L
                           CL_TARGET_OPENCL_VERSION=120 CL_USE_DEPRECATED_OPENCL_1_2_APIS)
target_compile_options(fm_build_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
                       -Wformat=2)
if(FM_WERROR)
  target_compile_options(fm_build_flags INTERFACE -Werror)
endif()
target_link_libraries(fm_build_flags INTERFACE fm_hardening)
if(FM_SANITIZE)
  target_compile_options(fm_build_flags INTERFACE -fsanitize=${FM_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(fm_build_flags INTERFACE -fsanitize=${FM_SANITIZE})
endif()
if(FM_FUZZ) # coverage instrumentation for libFuzzer
  target_compile_options(fm_build_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
# Benchmarks of the reference implementation assume -O3.
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
