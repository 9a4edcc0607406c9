# fm_proto(target file...): has protobuf-c write the C code for each NAME.proto, so that the target
# can include "NAME.pb-c.h". protoc-c is what its versions before 1.5 call the compiler, and most
# later ones still; without it protoc calls protoc-gen-c.
find_program(PROTOC_C NAMES protoc-c protoc DOC "The Protocol Buffers compiler with protobuf-c")
mark_as_advanced(PROTOC_C)
if(NOT PROTOC_C)
  message(FATAL_ERROR "protobuf-c's compiler not found: install it (protobuf-c-compiler)")
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
    # Code that is not ours: its warnings say nothing to us, and its assertions may not end a program.
    set_source_files_properties(${code} PROPERTIES COMPILE_OPTIONS "-w" COMPILE_DEFINITIONS NDEBUG)
    target_sources(${target} PRIVATE ${code} ${output}/${name}.pb-c.h)
  endforeach()
  target_include_directories(${target} SYSTEM PRIVATE ${output})
endfunction()
