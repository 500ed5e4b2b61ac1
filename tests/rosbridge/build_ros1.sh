#!/usr/bin/env bash
# Prepares the real rosbridge of ROS 1 on Debian or Ubuntu, for tests/nightly/test_rosbridge_ros1.py.
#
#     sudo apt-get install python3-rospy python3-roslib python3-rosmaster python3-rosnode python3-rosservice \
#         python3-rostopic python3-actionlib python3-move-base-msgs python3-std-srvs python3-genpy \
#         python3-autobahn python3-twisted python3-tornado python3-bson python3-pil ros-std-msgs
#     bash tests/rosbridge/build_ros1.sh FOLDER ROSBRIDGE_SUITE
#
# The last is a checkout of rosbridge_suite at its branch ros1, which Debian does not carry. Where
# ROS 1 is installed with rosbridge_suite, TREEHAND_ROS1=/opt/ros/noetic/setup.bash does instead.
set -euo pipefail
folder=$(realpath -m "$1") suite=$(realpath "$2") genpy=/usr/lib/genpy
python=/usr/bin/python3
mkdir -p "$folder/made"
messages() { # PACKAGE: make the Python modules of a package's messages and services
    local source=$suite/$1 made=$folder/made/$1
    mkdir -p "$made"
    touch "$made/__init__.py"
    for kind in msg srv; do
        [ -d "$source/$kind" ] || continue
        "$python" $genpy/gen${kind}_py.py -p "$1" -I "$1:$source/msg" -I std_msgs:/usr/share/std_msgs/msg \
            -o "$made/$kind" "$source/$kind"/*.$kind > /dev/null
        "$python" $genpy/gen${kind}_py.py --initpy -p "$1" -o "$made/$kind" > /dev/null
    done
}
messages rosbridge_msgs
messages rosapi
ln -sfn "$suite/rosapi/src/rosapi"/* "$folder/made/rosapi/"
mkdir -p "$folder/made/rosauth/srv"  # nobody has to sign in here, but the bridge imports the service
touch "$folder/made/rosauth/__init__.py"
echo "Authentication = None" > "$folder/made/rosauth/srv/__init__.py"
for package in std_msgs geometry_msgs actionlib_msgs actionlib move_base_msgs std_srvs; do
    mkdir -p "$folder/share/$package"  # the bridge asks for manifests, which Debian leaves out
    echo "<package><name>$package</name><version>1.0.0</version><description>messages</description>" \
        "<maintainer email='none@example.org'>none</maintainer><license>BSD</license></package>" \
        > "$folder/share/$package/package.xml"
done
paths=$folder/made:$suite/rosbridge_library/src:$suite/rosbridge_server/src
cat > "$folder/setup.bash" <<SETUP
export ROS_PACKAGE_PATH=$suite:$folder/share PYTHONPATH=$paths PATH=/usr/bin:/bin
export ROSBRIDGE_WEBSOCKET="$python $suite/rosbridge_server/scripts/rosbridge_websocket.py"
export ROSAPI_NODE="$python $suite/rosapi/scripts/rosapi_node"
SETUP
echo "TREEHAND_ROS1=$folder/setup.bash"
