# What `cmake --install` installs, in three parts, and the Debian packages that `cpack -G DEB` makes of them:
# program (fmnist-cl), library (libfmnist-cl0.1), dev (libfmnist-cl-dev). All paths are relative, so that an
# installation can be moved.
set(FM_PKGCONFIG_REQUIRES "zlib nettle jansson libpng freetype2 libprotobuf-c librhash libmagic OpenCL")
if(WITH_CLBLAST)
  string(APPEND FM_PKGCONFIG_REQUIRES " clblast")
endif()
set(pkgconfig_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/fmnist_cl)
file(RELATIVE_PATH FM_PKGCONFIG_PREFIX /${pkgconfig_folder} /)
configure_file(${PROJECT_SOURCE_DIR}/cmake/fmnist_cl.pc.in fmnist_cl.pc @ONLY)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(fmnist_clConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(TARGETS fmnist-cl COMPONENT program)
install(TARGETS fmnist_cl_shared EXPORT fmnist_clConfig
        LIBRARY COMPONENT library NAMELINK_COMPONENT dev)
install(TARGETS fmnist_cl ARCHIVE COMPONENT dev)
install(EXPORT fmnist_clConfig NAMESPACE fmnist_cl:: DESTINATION ${package_folder} COMPONENT dev)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/fmnist_clConfigVersion.cmake DESTINATION ${package_folder} COMPONENT dev)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/fmnist_cl TYPE INCLUDE COMPONENT dev)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/fmnist_cl.pc DESTINATION ${pkgconfig_folder} COMPONENT dev)

# Each package has the licenses, of fmnist-cl and of the font that it carries, and the changelog.
foreach(license LICENSE LICENSE.DejaVu)
  file(READ ${PROJECT_SOURCE_DIR}/${license} text)
  list(APPEND licenses "${text}")
endforeach()
list(JOIN licenses "\n" licenses)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/copyright "${licenses}")
set(FM_MAINTAINER "The fmnist-cl authors <fmnist-cl@localhost>" CACHE STRING "Who maintains the packages: name <address>")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # of $SOURCE_DATE_EPOCH, if that is set
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/changelog "fmnist-cl (${PROJECT_VERSION}) unstable; urgency=medium

  * See CHANGELOG.md.

 -- ${FM_MAINTAINER}  ${date}
")
execute_process(COMMAND gzip -9fn ${CMAKE_CURRENT_BINARY_DIR}/changelog COMMAND_ERROR_IS_FATAL ANY)
set(library_package libfmnist-cl${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
foreach(part "program fmnist-cl" "library ${library_package}" "dev libfmnist-cl-dev")
  separate_arguments(part)
  list(POP_FRONT part component package)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/copyright ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz
                ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package}
          COMPONENT ${component})
  string(TOUPPER ${component} component)
  set(CPACK_DEBIAN_${component}_PACKAGE_NAME ${package})
  set(CPACK_DEBIAN_${component}_FILE_NAME DEB-DEFAULT)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL program library dev)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "${FM_MAINTAINER}")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_BINARY_DIR}/triggers)
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/triggers "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_RECOMMENDS "pocl-opencl-icd | opencl-icd, dataset-fashion-mnist")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "gnuplot-nox")
# pkg-config asks for the packages in Requires.private even when it links the shared library.
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${library_package} (= ${PROJECT_VERSION}), zlib1g-dev, nettle-dev, \
libjansson-dev, libpng-dev, libfreetype-dev, libprotobuf-c-dev, librhash-dev, libmagic-dev, ocl-icd-opencl-dev")
if(WITH_CLBLAST)
  string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ", libclblast-dev")
endif()
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "The program loads IDX files, trains, validates and tests any stack of linear
 layers, explores hyperparameters with several seeds, and writes reports. Its
 kernels run on GPUs and, through PoCL, on CPUs.")
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION "The library of fmnist-cl, for other programs that train networks on
 Fashion-MNIST or use what it has trained.")
set(CPACK_DEBIAN_DEV_DESCRIPTION "Headers, the static library, and files for CMake and pkg-config, for building
 programs with the library of fmnist-cl.")
include(CPack)
