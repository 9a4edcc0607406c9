# Writes OUTPUT/kernels.c and kernels.h from the files in SOURCES. Bytes, not string literals: C11
# guarantees no more than 4095 characters in a literal.
set(definitions "#include \"kernels.h\"\n")
set(declarations "/* Written by cmake/embed_write.cmake: the text of each kernels/NAME.cl. */\n#ifndef FM_KERNELS_H\n#define FM_KERNELS_H\n")
foreach(source ${SOURCES})
  get_filename_component(name ${source} NAME_WE)
  file(READ ${source} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  string(APPEND definitions "const char fm_kernel_${name}[] = {\n${bytes}0};\n")
  string(APPEND declarations "extern const char fm_kernel_${name}[];\n")
endforeach()
file(WRITE ${OUTPUT}/kernels.c "${definitions}")
file(WRITE ${OUTPUT}/kernels.h "${declarations}#endif\n")
