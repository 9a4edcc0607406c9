# fm_embed(target folder): embeds the kernels into the program. Each folder/NAME.cl becomes the C string
# fm_kernel_NAME, declared in "kernels.h".
function(fm_embed target folder)
  file(GLOB sources CONFIGURE_DEPENDS ${folder}/*.cl)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  add_custom_command(
    OUTPUT ${output}/kernels.c ${output}/kernels.h
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} "-DSOURCES=${sources}"
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_write.cmake
    DEPENDS ${sources} ${PROJECT_SOURCE_DIR}/cmake/embed_write.cmake
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
