# Writes OUTPUT/kernels.c and kernels.h from FOLDER/PROGRAM.cl for each of PROGRAMS, with a checksum of
# them all. Files named in #include "..." lines, from FOLDER on, are put in place of the line; their
# include guards work as usual. Bytes, not string literals: C11 guarantees no more than 4095
# characters in a literal.
cmake_minimum_required(VERSION 3.22)
set(definitions "#include \"kernels.h\"\n")
set(declarations "/* Written by cmake/embed_write.cmake: the text of each program in kernels/. */\n#ifndef FM_KERNELS_H\n#define FM_KERNELS_H\n")

# The text of a file with its #include lines replaced.
function(expand out file)
  file(READ "${FOLDER}/${file}" text)
  while("${text}" MATCHES "#include \"([^\"]*)\"\n")
    set(line "${CMAKE_MATCH_0}")
    expand(included "${CMAKE_MATCH_1}")
    string(REPLACE "${line}" "${included}" text "${text}")
  endwhile()
  set(${out} "${text}" PARENT_SCOPE)
endfunction()

foreach(program ${PROGRAMS})
  get_filename_component(name ${program} NAME)
  expand(text ${program}.cl)
  string(HEX "${text}" bytes)
  string(SHA256 sum "${text}")
  string(APPEND sums ${sum})
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  string(APPEND definitions "const char fm_kernel_${name}[] = {\n${bytes}0};\n")
  string(APPEND declarations "extern const char fm_kernel_${name}[];\n")
endforeach()
string(SHA256 sum "${sums}")
string(APPEND definitions "const char fm_kernels_sum[] = \"${sum}\";\n")
string(APPEND declarations "/* SHA-256 of the SHA-256 of each. */\nextern const char fm_kernels_sum[];\n")
file(WRITE ${OUTPUT}/kernels.c "${definitions}")
file(WRITE ${OUTPUT}/kernels.h "${declarations}#endif\n")
