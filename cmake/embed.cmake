# fm_embed(target folder program...): turns every folder/PROGRAM.cl into the C string
# fm_kernel_NAME, with the files that it includes in place of its #include lines, and declares them
# all in "kernels.h". So the program carries its kernels with it.
function(fm_embed target folder)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*.cl ${folder}/*.h)
  add_custom_command(
    OUTPUT ${output}/kernels.c ${output}/kernels.h
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DFOLDER=${folder} "-DPROGRAMS=${ARGN}"
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_write.cmake
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed_write.cmake
    COMMENT "Embedding kernels" VERBATIM)
  target_sources(${target} PRIVATE ${output}/kernels.c ${output}/kernels.h)
  target_include_directories(${target} PRIVATE ${output})
endfunction()

# fm_embed_bytes(target name file): embeds a file as the byte array fm_NAME, declared in "NAME.h".
function(fm_embed_bytes target name file)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  add_custom_command(
    OUTPUT ${output}/${name}.c ${output}/${name}.h
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DNAME=${name} "-DSOURCE=${file}"
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_bytes.cmake
    DEPENDS ${file} ${PROJECT_SOURCE_DIR}/cmake/embed_bytes.cmake
    COMMENT "Embedding ${file}" VERBATIM)
  target_sources(${target} PRIVATE ${output}/${name}.c ${output}/${name}.h)
endfunction()
