# fm_proto(target file...): generates C code for each NAME.proto with protobuf-c, so that the target
# can include "NAME.pb-c.h". The compiler is protoc-c, which some newer versions replace by protoc with
# the plug-in protoc-gen-c.
find_program(PROTOC_C NAMES protoc-c protoc DOC "The Protocol Buffers compiler with protobuf-c")
mark_as_advanced(PROTOC_C)
if(NOT PROTOC_C)
  message(FATAL_ERROR "the compiler of protobuf-c was not found: install protobuf-c-compiler")
endif()

function(fm_proto target)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/proto)
  file(MAKE_DIRECTORY ${output})
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME_WE)
    get_filename_component(folder ${file} ABSOLUTE)
    get_filename_component(folder ${folder} DIRECTORY)
    set(code ${output}/${name}.pb-c.c)
    add_custom_command(
      OUTPUT ${code} ${output}/${name}.pb-c.h
      COMMAND ${PROTOC_C} --c_out=${output} -I${folder} ${name}.proto
      DEPENDS ${file}
      COMMENT "Generating ${name}.pb-c.c" VERBATIM)
    # Generated code: ignore its warnings, and disable its assertions, which would end the program.
    set_source_files_properties(${code} PROPERTIES COMPILE_OPTIONS "-w" COMPILE_DEFINITIONS NDEBUG)
    target_sources(${target} PRIVATE ${code} ${output}/${name}.pb-c.h)
  endforeach()
  target_include_directories(${target} SYSTEM PRIVATE ${output})
endfunction()
