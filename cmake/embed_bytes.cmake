# Writes OUTPUT/NAME.c and NAME.h: the bytes of the file SOURCE as fm_NAME and fm_NAME_size.
file(READ ${SOURCE} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUTPUT}/${NAME}.c "#include \"${NAME}.h\"
const unsigned char fm_${NAME}[] = {\n${bytes}};
const unsigned long fm_${NAME}_size = sizeof fm_${NAME};\n")
string(TOUPPER ${NAME} upper)
file(WRITE ${OUTPUT}/${NAME}.h "/* Written by cmake/embed_bytes.cmake: the bytes of a file. */
#ifndef FM_${upper}_H\n#define FM_${upper}_H
extern const unsigned char fm_${NAME}[];
extern const unsigned long fm_${NAME}_size;
#endif\n")
