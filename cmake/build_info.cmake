# fm_build_info(target): generates "build_info.h" with the commit, the compiler and the build type. Run again at
# each build, because a commit changes no source file; written only if something differs.
function(fm_build_info target)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  add_custom_target(fm_build_info
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output}/build_info.h -DSOURCE=${PROJECT_SOURCE_DIR}
            "-DCOMPILER=${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}" -DTYPE=${CMAKE_BUILD_TYPE}
            -P ${PROJECT_SOURCE_DIR}/cmake/build_info_write.cmake
    BYPRODUCTS ${output}/build_info.h VERBATIM)
  add_dependencies(${target} fm_build_info)
  target_include_directories(${target} PRIVATE ${output})
endfunction()
