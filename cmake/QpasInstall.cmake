# SPDX-License-Identifier: BSD-3-Clause
# What `cmake --install` puts where. Everything is found relative to the installed files, so a
# prefix may be moved.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/qpas)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# qpas_install_targets(COMPONENT TARGET…): libraries plus an export file of their own, so that a
# user of the shared library is not asked for the dependencies of the static one.
function(qpas_install_targets component)
	install(TARGETS ${ARGN} EXPORT qpas-${component}
		LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
		ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
		INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
	install(EXPORT qpas-${component} NAMESPACE qpas:: DESTINATION ${package_dir})
endfunction()

# Relocatable unless the user chose absolute folders.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
	set(QPAS_PC_PREFIX ${CMAKE_INSTALL_PREFIX})
	set(QPAS_PC_LIBDIR ${CMAKE_INSTALL_FULL_LIBDIR})
	set(QPAS_PC_INCLUDEDIR ${CMAKE_INSTALL_FULL_INCLUDEDIR})
else()
	file(RELATIVE_PATH up /prefix/${pkgconfig_dir} /prefix)
	string(REGEX REPLACE "/$" "" up "${up}")
	set(QPAS_PC_PREFIX "\${pcfiledir}/${up}")
	set(QPAS_PC_LIBDIR "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
	set(QPAS_PC_INCLUDEDIR "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()

function(qpas_install_pc name)
	configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
	install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${pkgconfig_dir})
endfunction()

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/qpas DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
	FILES_MATCHING PATTERN "*.h"
	PATTERN tzsim.h EXCLUDE)
qpas_install_targets(shared qpas_shared)
qpas_install_targets(static qpas_static)
qpas_install_pc(libqpas)

if(QPAS_BUILD_TZSIM)
	if(EXISTS ${PROJECT_SOURCE_DIR}/include/qpas/tzsim.h)
		install(FILES ${PROJECT_SOURCE_DIR}/include/qpas/tzsim.h
			DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/qpas)
	endif()
	qpas_install_targets(tzsim-shared qpas_tzsim_shared)
	qpas_install_targets(tzsim-static qpas_tzsim_static)
	qpas_install_pc(libqpas-tzsim)
endif()
if(QPAS_BUILD_EL2)
	qpas_install_targets(el2 qpas_el2_archive)
endif()

configure_package_config_file(
	${PROJECT_SOURCE_DIR}/cmake/qpasConfig.cmake.in ${PROJECT_BINARY_DIR}/qpasConfig.cmake
	INSTALL_DESTINATION ${package_dir}
	NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor release may break users; SameMinorVersion says so.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/qpasConfigVersion.cmake
	COMPATIBILITY SameMinorVersion)
install(FILES
	${PROJECT_BINARY_DIR}/qpasConfig.cmake
	${PROJECT_BINARY_DIR}/qpasConfigVersion.cmake
	${PROJECT_SOURCE_DIR}/cmake/FindQpasFdt.cmake
	DESTINATION ${package_dir})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
