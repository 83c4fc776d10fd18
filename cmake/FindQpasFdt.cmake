# SPDX-License-Identifier: BSD-3-Clause
# Finds libfdt by name and makes the imported target QpasFdt::fdt.
# Installed next to qpasConfig.cmake: users of the static libraries need it too.
find_path(QPAS_FDT_INCLUDE_DIR libfdt.h DOC "Folder of libfdt.h")
find_library(QPAS_FDT_LIBRARY fdt DOC "libfdt")
mark_as_advanced(QPAS_FDT_INCLUDE_DIR QPAS_FDT_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(QpasFdt
	REQUIRED_VARS QPAS_FDT_LIBRARY QPAS_FDT_INCLUDE_DIR
	REASON_FAILURE_MESSAGE "libfdt and libfdt.h are needed (Debian: libfdt-dev, Fedora: libfdt-devel)")

if(QpasFdt_FOUND AND NOT TARGET QpasFdt::fdt)
	add_library(QpasFdt::fdt UNKNOWN IMPORTED)
	set_target_properties(QpasFdt::fdt PROPERTIES
		IMPORTED_LOCATION "${QPAS_FDT_LIBRARY}"
		INTERFACE_INCLUDE_DIRECTORIES "${QPAS_FDT_INCLUDE_DIR}")
endif()
